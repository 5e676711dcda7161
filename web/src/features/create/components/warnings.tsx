import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import type { EstimateRead } from '@/api';
import { said } from '@/lib/said';
import { Notice } from '@/ui/notice';
import { Said } from '@/ui/said';

import type { Choice } from '../api';
import { useDraft } from '../model';

const SHOWN_PROBLEMS = 5;

export interface WarningsProps {
  estimate: EstimateRead | undefined;
  choices: readonly Choice[];
  hasSheet: boolean;
}

/** What a person should know before they pay: nothing is left out without a word. */
export function Warnings({ estimate, choices, hasSheet }: WarningsProps) {
  const { t } = useTranslation('create');
  const models = useDraft((draft) => draft.models);
  const lacking = choices.filter(({ model, lacksKey }) => lacksKey && models.includes(model.name));
  const titles = [...new Set(lacking.map(({ providerTitle }) => providerTitle))];
  // Problems of lines stand at the lines; those of a sheet's rows, and those of no row, stand here.
  const problems = (estimate?.problems ?? []).filter(({ row }) => hasSheet || row === 0);
  const told = problems.slice(0, SHOWN_PROBLEMS);
  if (titles.length + problems.length + (estimate?.warnings.length ?? 0) + (estimate?.not_sent.length ?? 0) === 0) return null;
  return (
    <div className="scroll-slim flex max-h-[30dvh] shrink-0 flex-col gap-2 overflow-y-auto px-4 pb-3">
      {told.map(({ row, field, detail, hint }) => (
        <Notice key={`${row} ${field} ${detail}`} kind="bad">
          {row > 0 && <strong className="font-medium">{t('problems.row', { row })} </strong>}
          <Said text={detail} /> <Said text={hint} />
        </Notice>
      ))}
      {problems.length > told.length && <p className="text-small text-ink3">{t('problems.more', { count: problems.length - told.length })}</p>}
      {titles.length > 0 && (
        <Notice
          kind="warn"
          action={
            <Link to="/models" search={{ tab: 'keys' }} className="shrink-0 font-medium underline underline-offset-2">
              {t('models.addKey')}
            </Link>
          }
        >
          {t('models.waits', { providers: titles.join(', ') })}
        </Notice>
      )}
      {estimate?.warnings.map((warning) => (
        <Notice key={warning} kind="warn">
          <Said text={warning} />
        </Notice>
      ))}
      {(estimate?.not_sent.length ?? 0) > 0 && (
        <Notice kind="info">
          {t('notSent')}
          <ul>
            {estimate?.not_sent.map((field) => (
              <li key={JSON.stringify(field)} className="font-mono text-small">
                {Object.values(field).map((part) => said(String(part))).join(' · ')}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </div>
  );
}
