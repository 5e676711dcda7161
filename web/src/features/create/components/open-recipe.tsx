import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { Button } from '@/ui/button';

import { change, EMPTY, useDraft } from '../model';

/** Whether any value says something. */
function said(members: object): string[] {
  return Object.entries(members)
    .filter(([, value]) => value !== null && value !== undefined && value !== 0 && JSON.stringify(value) !== '{}')
    .map(([name, value]) => (typeof value === 'object' ? name : `${name} ${String(value)}`));
}

/** Which recipe is being run, and what an opened request says that no control shows. */
export function OpenRecipe() {
  const { t } = useTranslation('create');
  const { recipe, rest } = useDraft();
  const more = [...said(rest.plan), ...said(rest.prompts), ...said(rest.run)];
  if (!recipe && more.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5 text-control">
      {recipe && <span>{t('recipes.running', { name: recipe.name, version: recipe.version })}</span>}
      {more.length > 0 && (
        <span className="text-small text-ink2">
          {t('recipes.also')} <span className="font-mono">{more.join(', ')}</span>
        </span>
      )}
      <Button size="small" tone="quiet" className="ml-auto" icon={<X aria-hidden="true" className="size-3.5" />} onClick={() => change({ recipe: null, rest: EMPTY.rest })}>
        {t(recipe ? 'recipes.close' : 'recipes.leaveOut')}
      </Button>
    </div>
  );
}
