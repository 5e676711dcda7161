const NOTES = [660, 880];
const NOTE_SECONDS = 0.16;
const LOUDNESS = 0.12;
const PATIENCE_MILLISECONDS = 500;

let context: AudioContext | undefined;

/** Two soft notes, made here: nothing is loaded. `false` where the browser lets this tab make no sound yet. */
export async function playTone(): Promise<boolean> {
  if (!('AudioContext' in globalThis)) return false;
  context ??= new AudioContext();
  const { currentTime, state } = context;
  if (state !== 'running') {
    const waited = new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS));
    await Promise.race([context.resume().catch(() => undefined), waited]);
  }
  if (!isRunning(context)) return false;
  for (const [place, pitch] of NOTES.entries()) note(context, pitch, Math.max(currentTime, context.currentTime) + place * NOTE_SECONDS);
  return true;
}

function isRunning({ state }: AudioContext): boolean {
  return state === 'running';
}

function note(into: AudioContext, pitch: number, at: number): void {
  const [voice, gain] = [into.createOscillator(), into.createGain()];
  voice.frequency.value = pitch;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, at + NOTE_SECONDS * 1.6);
  voice.connect(gain).connect(into.destination);
  voice.start(at);
  voice.stop(at + NOTE_SECONDS * 1.7);
}
