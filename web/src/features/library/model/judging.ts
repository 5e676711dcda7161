import { judge as askToJudge, type Judgement, type JudgementsRead, undoJudgements } from '@/api';

import { amend } from './details';
import { done, failed, type Hand, inPages } from './hand';
import type { PickWord } from './roll';
import { currentShelf, reopen, touch } from './shelf';

/** What is said of pictures. Labels are added and taken away; what is left out stays. */
export interface Said {
  pick?: PickWord;
  rating?: number;
  add_labels?: string[];
  remove_labels?: string[];
}

/** Says it of all of them; what that changes shows at once, and can be taken back. */
export async function judge(hand: Hand, ids: readonly string[], said: Said): Promise<void> {
  if (ids.length === 0) return;
  show(ids, said);
  try {
    const answers = await inPages(ids, async (page) => (await askToJudge({ body: { ids: page, ...said }, throwOnError: true })).data);
    const before = answers.flatMap((answer) => answer.before);
    // Whatever was read meanwhile may be from before.
    show(ids, said);
    amend(ids, (asset) => {
      const labels = asset.labels.filter((label) => !said.remove_labels?.includes(label));
      return { ...asset, labels: [...new Set([...labels, ...(said.add_labels ?? [])])] };
    });
    touch();
    const count = ids.length;
    const undo = before.length > 0 ? () => putBack(hand, before) : undefined;
    done(hand, wordsFor(hand, said, count), undo, conflictsOf(hand, answers));
  } catch (error) {
    failed(error);
    // What is shown is not what is so.
    reopen();
  }
}

function wordsFor({ t }: Hand, said: Said, count: number): string {
  if (said.pick) return t(`judged.${said.pick}`, { count });
  if (said.rating !== undefined) return t(said.rating === 0 ? 'judged.unrated' : 'judged.rated', { count, rating: said.rating });
  return t('judged.labelled', { count });
}

function conflictsOf({ t }: Hand, answers: readonly JudgementsRead[]): string | undefined {
  const count = answers.reduce((sum, answer) => sum + answer.conflicts.length, 0);
  return count > 0 ? t('judged.conflicts', { count }) : undefined;
}

function show(ids: readonly string[], said: Said): void {
  const roll = currentShelf()?.roll;
  for (const id of ids) roll?.judge(id, said);
  amend(ids, (asset) => ({ ...asset, pick: said.pick ?? asset.pick, rating: said.rating ?? asset.rating }));
  touch();
}

async function putBack(hand: Hand, before: readonly Judgement[]): Promise<void> {
  const answers = await inPages(before, async (page) => (await undoJudgements({ body: { before: page }, throwOnError: true })).data);
  const kept = new Set(answers.flatMap((answer) => answer.conflicts));
  const roll = currentShelf()?.roll;
  for (const { asset_id: id, pick, rating, labels } of before) {
    if (kept.has(id)) continue;
    roll?.judge(id, { pick, rating });
    amend([id], (asset) => ({ ...asset, pick, rating, labels }));
  }
  touch();
  done(hand, hand.t('judged.undone', { count: before.length - kept.size }), undefined, conflictsOf(hand, answers));
}
