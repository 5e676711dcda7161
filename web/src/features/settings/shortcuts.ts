import type { Action } from '@/lib/actions';

const MODIFIERS = new Set(['Control', 'Meta', 'Alt', 'Shift', 'AltGraph', 'CapsLock', 'Dead', 'Process']);
export const IS_APPLE = /mac|iphone|ipad/i.test(navigator.platform);

/** What was pressed, as the actions name their keys; `null` while only a modifier is held. */
export function pressOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>, isApple = IS_APPLE): string | null {
  if (MODIFIERS.has(event.key)) return null;
  const parts: string[] = [];
  if (isApple ? event.metaKey : event.ctrlKey) parts.push('$mod');
  if (isApple && event.ctrlKey) parts.push('Control');
  if (!isApple && event.metaKey) parts.push('Meta');
  if (event.altKey) parts.push('Alt');
  if (event.shiftKey) parts.push('Shift');
  const key = event.key === ' ' ? 'Space' : event.key;
  return [...parts, key.length === 1 && !event.shiftKey ? key.toLowerCase() : key].join('+');
}

export function keysOf(action: Action, given: Record<string, string>): string | undefined {
  return given[action.id] ?? action.keys;
}

/** The action that has these keys, or whose keys begin with them, or that begin theirs. */
export function takenBy(keys: string, own: string, actions: readonly Action[], given: Record<string, string>): Action | undefined {
  return actions.find((action) => {
    const others = action.id === own ? undefined : keysOf(action, given);
    return others !== undefined && (others === keys || others.startsWith(`${keys} `) || keys.startsWith(`${others} `));
  });
}
