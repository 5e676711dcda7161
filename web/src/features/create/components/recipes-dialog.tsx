import { Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { asProblem, type RecipeRead } from '@/api';
import { formatDate } from '@/lib/format';
import { Button, IconButton } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Input } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { say } from '@/ui/toast';

import { change, sourceOf, useDraft } from '../model';
import { openRecipe, useRecipes, useRemoving, useSaving } from '../recipes';
import { FoundList } from './found-list';
import { Regularly } from './regularly';

/** Requests that were kept by name: saved, opened to be run with changes, taken as settings alone, run regularly. */
export function RecipesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('create');
  const query = useRecipes();
  const recipes = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('recipes.title')} className="tablet:w-[min(720px,calc(100vw-48px))]">
      <div className="scroll-slim flex min-h-0 flex-col gap-4 overflow-y-auto px-5 pb-5">
        <p className="text-control text-ink2">{t('recipes.text')}</p>
        <Save />
        <FoundList query={query} empty={t('recipes.empty')}>
          {recipes.map((recipe) => (
            <Recipe key={recipe.id} recipe={recipe} onClose={onClose} />
          ))}
        </FoundList>
      </div>
    </Dialog>
  );
}

function Save() {
  const { t } = useTranslation('create');
  const draft = useDraft();
  const [name, setName] = useState(draft.recipe?.name ?? draft.name);
  const saving = useSaving((saved, version) => say({ title: t('recipes.saved', { name: saved, version }), kind: 'ok' }));
  const isEmpty = sourceOf(draft) === null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() && !isEmpty) saving.mutate({ draft, name: name.trim() });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <div className="flex flex-wrap items-end gap-2">
        <div className="min-w-40 grow">
          <Input label={t('recipes.name')} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
        </div>
        <Button type="submit" tone="ink" busy={saving.isPending} disabled={isEmpty || !name.trim()}>
          {t('recipes.save')}
        </Button>
      </div>
      {isEmpty && <p className="text-small text-ink3">{t('recipes.nothing')}</p>}
      {saving.error && (
        <Notice kind="bad">
          {asProblem(saving.error).message} {asProblem(saving.error).hint}
        </Notice>
      )}
    </form>
  );
}

function Recipe({ recipe, onClose }: { recipe: RecipeRead; onClose: () => void }) {
  const { t } = useTranslation('create');
  const [busy, setBusy] = useState<'all' | 'settings' | null>(null);
  const removing = useRemoving();
  const open = async (part: 'all' | 'settings') => {
    setBusy(part);
    const before = useDraft.getState();
    try {
      await openRecipe(recipe.id, part);
      say({ title: t('recipes.opened', { name: recipe.name }), action: { label: t('lines.undo'), run: () => change(before) } });
      onClose();
    } catch (error) {
      setBusy(null);
      say({ title: t('recipes.failed'), text: asProblem(error).message, kind: 'bad' });
    }
  };
  const remove = () =>
    removing.mutate(recipe.id, {
      onSuccess: () => say({ title: t('recipes.removed', { name: recipe.name }) }),
      onError: (error) => say({ title: t('recipes.failed'), text: asProblem(error).message, kind: 'bad' }),
    });
  return (
    <li className="flex flex-col gap-1 py-2">
      <div className="flex flex-wrap items-center gap-2">
        <div className="min-w-40 grow">
          <p className="text-control font-medium break-words">{recipe.name}</p>
          <p className="text-small text-ink3">{t('recipes.version', { version: recipe.latest, date: formatDate(recipe.updated_at) })}</p>
        </div>
        <Button size="small" busy={busy === 'settings'} onClick={() => void open('settings')} title={t('recipes.settingsHint')}>
          {t('recipes.settings')}
        </Button>
        <Button size="small" tone="ink" busy={busy === 'all'} onClick={() => void open('all')} aria-label={t('recipes.openNamed', { name: recipe.name })}>
          {t('recipes.open')}
        </Button>
        <IconButton label={t('recipes.remove', { name: recipe.name })} onClick={remove}>
          <Trash2 aria-hidden="true" className="size-4" />
        </IconButton>
      </div>
      <Regularly recipe={recipe} />
    </li>
  );
}
