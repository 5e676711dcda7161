import { ChevronDown, Pencil } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { MeRead, ProjectRead } from '@/api';
import { cx } from '@/lib/cx';
import { formatDate } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Button, IconButton } from '@/ui/button';

import { Dotted } from './person-line';
import { ProjectDialog } from './project-dialog';
import { ProjectMembers } from './project-members';

export interface ProjectCardProps {
  me: MeRead;
  project: ProjectRead;
  /** Whose it is, where one sees projects of several teams. */
  team: string | undefined;
  mayRename: boolean;
  isOpen: boolean;
  onToggle: () => void;
}

export function ProjectCard({ me, project, team, mayRename, isOpen, onToggle }: ProjectCardProps) {
  const { t } = useTranslation('settings');
  const id = useId();
  const [renaming, setRenaming] = useState(false);
  const { name, role, created_at: made } = project;
  return (
    <li className="rounded-control border border-line bg-surface px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 grow basis-36">
          <h3 className="flex flex-wrap items-center gap-x-2 gap-y-1 text-body font-medium">
            <span className="min-w-0 break-words">{name}</span>
            <Badge>{t('projects.youAre', { role: t(`account.roles.${role}`) })}</Badge>
          </h3>
          <p className="text-small text-ink3">
            <Dotted parts={[team, t('tokens.made', { day: formatDate(made, { dateStyle: 'medium' }) })]} />
          </p>
        </div>
        <div className="flex items-center gap-1">
          {mayRename && (
            <IconButton label={t('projects.renameNamed', { name })} onClick={() => setRenaming(true)}>
              <Pencil aria-hidden="true" className="size-4" />
            </IconButton>
          )}
          <Button
            size="small"
            className="max-tablet:h-11"
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            aria-label={t('projects.membersOf', { name })}
            icon={<ChevronDown aria-hidden="true" className={cx('size-3.5 transition-transform', isOpen && 'rotate-180')} />}
            onClick={onToggle}
          >
            {t('projects.members')}
          </Button>
        </div>
      </div>
      {isOpen && (
        <div id={id} className="mt-3 border-t border-line pt-3">
          <ProjectMembers me={me} project={project} />
        </div>
      )}
      {renaming && <ProjectDialog project={project} teams={[]} onClose={() => setRenaming(false)} />}
    </li>
  );
}
