import { ArrowLeft, FileUp, Plus } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type WildcardFileRead, type WildcardLine } from '@/api';
import { formatBytes, formatNumber } from '@/lib/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input, Textarea } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { ErrorState, Loading } from '@/ui/state';
import { say } from '@/ui/toast';

import { change, useDraft } from '../model';
import { BLANK, type Kind, named, useKeeping, useSamples, useTakingAway, useWildcardFile, useWildcardFiles, type Written, writtenOf } from '../wildcards';

/** The files of values that the project's prompts may name: looked at, written, taken away. */
export function WildcardsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('create');
  const [open, setOpen] = useState<Written | string | null>(null);
  const insert = (name: string) => {
    const { text } = useDraft.getState();
    change({ text: text && !text.endsWith('\n') && !text.endsWith(' ') ? `${text} __${name}__` : `${text}__${name}__` });
    onClose();
  };
  return (
    <Dialog open onOpenChange={(next) => !next && onClose()} title={t('wildcards.title')} className="tablet:w-[min(720px,calc(100vw-48px))]">
      <div className="scroll-slim flex min-h-0 flex-col gap-4 overflow-y-auto px-5 pb-5">
        {open === null ? <Files onOpen={setOpen} onInsert={insert} /> : <Opened what={open} onBack={() => setOpen(null)} />}
      </div>
    </Dialog>
  );
}

function Files({ onOpen, onInsert }: { onOpen: (what: Written | string) => void; onInsert: (name: string) => void }) {
  const { t } = useTranslation('create');
  const files = useWildcardFiles();
  const input = useRef<HTMLInputElement>(null);
  const read = async (file: File) => onOpen({ ...BLANK, ...named(file.name), text: await file.text() });
  if (files.error) return <ErrorState problem={asProblem(files.error)} onRetry={() => void files.refetch()} />;
  if (files.isPending) return <Loading />;
  return (
    <>
      <p className="text-control text-ink2">{t('wildcards.text')}</p>
      <div className="flex flex-wrap gap-2">
        <Button size="small" tone="ink" icon={<Plus aria-hidden="true" className="size-3.5" />} onClick={() => onOpen(BLANK)}>
          {t('wildcards.new')}
        </Button>
        <Button size="small" icon={<FileUp aria-hidden="true" className="size-3.5" />} onClick={() => input.current?.click()}>
          {t('wildcards.upload')}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          accept=".txt,.yaml,.yml,.json"
          aria-label={t('wildcards.upload')}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void read(file);
            event.target.value = '';
          }}
        />
      </div>
      {files.data.length === 0 && <p className="py-6 text-center text-control text-ink3">{t('wildcards.empty')}</p>}
      {files.data.length > 0 && (
        <ul className="divide-y divide-line border-y border-line">
          {files.data.map((file) => (
            <Line key={file.id} file={file} onOpen={onOpen} onInsert={onInsert} />
          ))}
        </ul>
      )}
    </>
  );
}

function Line({ file, onOpen, onInsert }: { file: WildcardFileRead; onOpen: (id: string) => void; onInsert: (name: string) => void }) {
  const { t } = useTranslation('create');
  return (
    <li className="flex flex-col gap-1 py-2">
      <div className="flex items-center gap-2">
        <p className="min-w-0 grow truncate text-control font-medium">
          {file.name}
          <span className="font-normal text-ink3">{`.${file.kind} · ${formatBytes(file.size_bytes)}`}</span>
        </p>
        <Button size="small" onClick={() => onOpen(file.id)} aria-label={t('wildcards.editNamed', { name: file.name })}>
          {t('wildcards.edit')}
        </Button>
      </div>
      <ul className="flex flex-col">
        {file.wildcards.map((wildcard) => (
          <Wildcard key={wildcard.name} wildcard={wildcard} version={file.version} onInsert={onInsert} />
        ))}
      </ul>
    </li>
  );
}

/** A name to put into the prompts, and what it comes to. */
function Wildcard({ wildcard, version, onInsert }: { wildcard: WildcardLine; version: number; onInsert: (name: string) => void }) {
  const { t } = useTranslation('create');
  const [isShown, setShown] = useState(false);
  return (
    <li className="text-small">
      <div className="flex flex-wrap items-center gap-x-2">
        <button type="button" onClick={() => onInsert(wildcard.name)} title={t('wildcards.insert')} className="min-h-6 rounded-control px-1 font-mono text-ok hover:bg-hover">
          {`__${wildcard.name}__`}
        </button>
        <span className="text-ink3">{t('wildcards.values', { count: wildcard.values, formatted: formatNumber(wildcard.values) })}</span>
        <Button size="small" tone="quiet" aria-expanded={isShown} aria-label={t('wildcards.sampleNamed', { name: wildcard.name })} onClick={() => setShown(!isShown)}>
          {t('wildcards.sample')}
        </Button>
      </div>
      {isShown && <Samples name={wildcard.name} version={version} />}
    </li>
  );
}

function Samples({ name, version }: { name: string; version: number }) {
  const samples = useSamples(name, version);
  if (samples.error) return <p className="text-bad">{asProblem(samples.error).message}</p>;
  return (
    <ul className="pl-2 font-mono text-ink2">
      {samples.data?.map((text, place) => (
        // oxlint-disable-next-line react/no-array-index-key
        <li key={place}>{text}</li>
      ))}
    </ul>
  );
}

function Opened({ what, onBack }: { what: Written | string; onBack: () => void }) {
  const file = useWildcardFile(typeof what === 'string' ? what : null);
  if (typeof what !== 'string') return <Form first={what} onBack={onBack} />;
  if (file.error) return <ErrorState problem={asProblem(file.error)} onRetry={() => void file.refetch()} />;
  if (!file.data || file.isFetching) return <Loading />;
  return <Form key={file.data.version} first={writtenOf(file.data)} onBack={onBack} />;
}

function Form({ first, onBack }: { first: Written; onBack: () => void }) {
  const { t } = useTranslation('create');
  const [file, setFile] = useState(first);
  const keeping = useKeeping();
  const taking = useTakingAway();
  const problem = keeping.error ?? taking.error;
  const set = (part: Partial<Written>) => setFile((now) => ({ ...now, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keeping.mutate({ ...file, name: file.name.trim() }, {
      onSuccess: ({ name }) => {
        say({ title: t('wildcards.saved', { name }), kind: 'ok' });
        onBack();
      },
    });
  };
  const remove = (id: string) =>
    taking.mutate(id, {
      onSuccess: ({ name }) => {
        const again = () => keeping.mutate({ ...first, id: null });
        say({ title: t('wildcards.removed', { name }), action: { label: t('lines.undo'), run: again } });
        onBack();
      },
    });
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Button size="small" tone="quiet" className="w-fit" icon={<ArrowLeft aria-hidden="true" className="size-3.5" />} onClick={onBack}>
        {t('wildcards.back')}
      </Button>
      <div className="grid gap-3 tablet:grid-cols-[1fr_180px]">
        <Input label={t('wildcards.name')} hint={t('wildcards.nameHint')} maxLength={200} value={file.name} onChange={(event) => set({ name: event.target.value })} className="font-mono" />
        <Select<Kind>
          label={t('wildcards.kind')}
          value={file.kind}
          options={(['txt', 'yaml', 'json'] as const).map((value) => ({ value, label: t(`wildcards.kinds.${value}`) }))}
          onChange={(kind) => set({ kind })}
        />
      </div>
      <Textarea label={t('wildcards.content')} hint={t(`wildcards.hints.${file.kind}`)} rows={10} spellCheck={false} value={file.text} onChange={(event) => set({ text: event.target.value })} className="font-mono" />
      {problem && (
        <Notice kind="bad">
          {asProblem(problem).message} {asProblem(problem).hint}
        </Notice>
      )}
      <div className="flex justify-between gap-2">
        {file.id ? (
          <Button tone="quiet" busy={taking.isPending} onClick={() => file.id && remove(file.id)}>
            {t('wildcards.remove')}
          </Button>
        ) : (
          <span />
        )}
        <Button type="submit" tone="ink" busy={keeping.isPending} disabled={!file.name.trim() || !file.text.trim()}>
          {t('wildcards.save')}
        </Button>
      </div>
    </form>
  );
}
