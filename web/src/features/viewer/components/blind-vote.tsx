import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type AssetRead, asProblem, countVotesQueryKey, useMay, voteMutation } from '@/api';
import { judge, promptOf, useHand } from '@/features/library';
import { cx } from '@/lib/cx';
import { Button } from '@/ui/button';
import { say } from '@/ui/toast';

import { factsOf } from '../model/facts';
import { FIT, type Look } from '../model/look';
import { MAT_LOOK, useMat } from '../model/mat';
import { shuffled } from '../model/shuffling';
import { surveyLook } from '../model/survey';
import { Differences } from './differences';
import { Stage } from './stage';

/** Which is best, without knowing which is which: in an order by chance, and told only when one was chosen. */
export function BlindVote({ assets, onEnd }: { assets: readonly AssetRead[]; onEnd: () => void }) {
  const { t } = useTranslation('viewer');
  const hand = useHand();
  const may = useMay('assets:write') === true;
  const { mat } = useMat();
  const [look, setLook] = useState<Look>(FIT);
  const [order] = useState(() => shuffled(assets));
  const [winner, setWinner] = useState<string | null>(null);
  const vote = useVoting();
  const choose = (asset: AssetRead) => {
    setWinner(asset.id);
    if (!may) return;
    void judge(hand, [asset.id], { pick: 'pick' });
    vote.mutate({ body: { ids: order.map(({ id }) => id), chosen: asset.id } });
  };
  return (
    <>
      <div className={cx(surveyLook(order.length), MAT_LOOK[mat])}>
        {order.map((asset, place) => {
          const letter = String.fromCodePoint(65 + place);
          const title = factsOf(asset).model ?? promptOf(asset) ?? '';
          return (
            <figure key={asset.id} className="flex min-h-0 min-w-0 flex-col gap-1">
              <Stage asset={asset} look={look} onLook={setLook} label={t('compare.blind.name', { letter })} className={cx('grow', winner === asset.id && 'ring-2 ring-signal')} />
              <figcaption className="self-center">
                {winner === null ? (
                  <Button size="small" onClick={() => choose(asset)}>
                    {t('compare.blind.choose', { letter })}
                  </Button>
                ) : (
                  <span className="rounded-control bg-surface px-2 py-0.5 font-mono text-meta text-ink2">
                    {letter} · {title} {winner === asset.id && `· ${t('compare.blind.chosen')}`}
                  </span>
                )}
              </figcaption>
            </figure>
          );
        })}
      </div>
      {winner === null ? (
        <p role="status" className="border-t border-line px-4 py-3 text-control text-ink2">
          {t(may ? 'compare.blind.hint' : 'compare.blind.hintOnly')}
        </p>
      ) : (
        <>
          <Differences assets={order} />
          <div className="flex justify-end border-t border-line px-4 py-2">
            <Button onClick={onEnd}>{t('compare.blind.end')}</Button>
          </div>
        </>
      )}
    </>
  );
}

/** Votes count for the models that made the pictures. */
function useVoting() {
  const queries = useQueryClient();
  return useMutation({
    ...voteMutation(),
    onSuccess: () => queries.invalidateQueries({ predicate: ({ queryKey: [first] }) => isVotes(first) }),
    onError: (error) => say({ title: asProblem(error).title, text: asProblem(error).message, kind: 'bad' }),
  });
}

function isVotes(key: unknown): boolean {
  const [{ _id: id }] = countVotesQueryKey();
  return typeof key === 'object' && key !== null && '_id' in key && key._id === id;
}
