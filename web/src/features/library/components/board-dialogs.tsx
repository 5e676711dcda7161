import { Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type BoardRead } from '@/api';
import { formatNumber } from '@/lib/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { ErrorState, Loading } from '@/ui/state';

import { nameBoard, putOn, useBoards } from '../model/boards';
import { useHand } from '../model/hand';

/** The name of a board: of a new one, or another for one that is there. */
function useNaming(board: BoardRead | null, onNamed: (board: BoardRead) => void) {
  const hand = useHand();
  const [name, setName] = useState(board?.name ?? '');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wished = name.trim();
    if (!wished) return setError(hand.t('boards.nameless'));
    setBusy(true);
    try {
      const named = await nameBoard(hand, wished, board);
      setName('');
      onNamed(named);
    } catch (problem) {
      const { message, hint } = asProblem(problem);
      setError([message, hint].filter(Boolean).join(' '));
    }
    setBusy(false);
  };
  const change = (value: string) => {
    setName(value);
    setError(undefined);
  };
  return { name, change, error, isBusy, submit };
}

export function BoardNameDialog({ board, onClose, onNamed }: { board: BoardRead | null; onClose: () => void; onNamed?: (board: BoardRead) => void }) {
  const { t } = useTranslation('library');
  const { name, change, error, isBusy, submit } = useNaming(board, (named) => {
    onNamed?.(named);
    onClose();
  });
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title={t(board ? 'boards.rename' : 'boards.new')}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 px-5 pt-2 pb-5">
        <Input label={t('boards.name')} value={name} maxLength={200} error={error} onChange={(event) => change(event.target.value)} />
        <Button type="submit" tone="ink" busy={isBusy} className="self-end">
          {t(board ? 'boards.save' : 'boards.create')}
        </Button>
      </form>
    </Dialog>
  );
}

/** On which board the pictures go: one that is there, or a new one. */
export function AddToBoardDialog({ ids, onClose }: { ids: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation('library');
  const hand = useHand();
  const { boards, isLoading, error: problem, refetch } = useBoards();
  const put = (board: BoardRead) => {
    void putOn(hand, board, ids);
    onClose();
  };
  const { name, change, error, isBusy, submit } = useNaming(null, put);
  return (
    <Dialog open onOpenChange={(isOpen) => !isOpen && onClose()} title={t('boards.add', { count: ids.length })}>
      <div className="scroll-slim min-h-0 overflow-y-auto px-5 pb-2">
        {isLoading ? (
          <Loading />
        ) : problem ? (
          <ErrorState problem={asProblem(problem)} onRetry={() => void refetch()} />
        ) : boards.length === 0 ? (
          <p className="py-2 text-control text-ink2">{t('boards.none')}</p>
        ) : (
          <ul className="flex flex-col">
            {boards.map((board) => (
              <li key={board.id}>
                <button type="button" onClick={() => put(board)} className="flex h-9 w-full items-center justify-between gap-3 rounded-control px-2 text-left text-control hover:bg-hover max-tablet:h-11">
                  <span className="truncate">{board.name}</span>
                  <span className="font-mono text-small text-ink3">{formatNumber(board.pictures)}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <form onSubmit={(event) => void submit(event)} className="flex items-end gap-2 border-t border-line px-5 py-4">
        <div className="grow">
          <Input label={t('boards.newName')} value={name} maxLength={200} error={error} onChange={(event) => change(event.target.value)} />
        </div>
        <Button type="submit" busy={isBusy} icon={<Plus aria-hidden="true" className="size-4" />}>
          {t('boards.createAndAdd')}
        </Button>
      </form>
    </Dialog>
  );
}
