import { BookImage, Boxes, type LucideIcon, Layers, PencilLine, Settings } from 'lucide-react';

export interface Place {
  to: '/create' | '/batches' | '/library' | '/models' | '/settings';
  label: string;
  icon: LucideIcon;
}

/** The places of the rail, in their order. */
export const PLACES: readonly Place[] = [
  { to: '/create', label: 'places.create', icon: PencilLine },
  { to: '/batches', label: 'places.batches', icon: Layers },
  { to: '/library', label: 'places.library', icon: BookImage },
  { to: '/models', label: 'places.models', icon: Boxes },
  { to: '/settings', label: 'places.settings', icon: Settings },
];
