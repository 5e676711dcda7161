import { create } from 'zustand';

export type Mat = 'theme' | 'black' | 'grey' | 'white';

const ORDER: readonly Mat[] = ['theme', 'black', 'grey', 'white'];

/** What lies behind pictures. It stays while the page is open. */
export const useMat = create<{ mat: Mat; hasInspector: boolean }>(() => ({ mat: 'theme', hasInspector: innerWidth >= 768 }));

export function nextMat(): void {
  useMat.setState(({ mat }) => ({ mat: ORDER[(ORDER.indexOf(mat) + 1) % ORDER.length] ?? 'theme' }));
}

export function toggleInspector(): void {
  useMat.setState(({ hasInspector }) => ({ hasInspector: !hasInspector }));
}

export const MAT_LOOK: Record<Mat, string> = {
  theme: 'bg-mat',
  black: 'bg-black',
  grey: 'bg-[#808080]',
  white: 'bg-white',
};
