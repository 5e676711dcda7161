import { expect, it } from 'vitest';

import { ASSET, dragAssets, draggedAssets } from './dragging';

const ID = '01m85c7cabh9dh6yzct4f9sxkm';
const dragged = (types: Record<string, string>) => ({ getData: (type: string) => types[type] ?? '' });

it('come from frames, also of another window, and from nowhere else', () => {
  expect(draggedAssets(dragged({ [ASSET]: 'a,b' }), 'http://x')).toEqual(['a', 'b']);
  expect(draggedAssets(dragged({ 'text/uri-list': `http://x/library/i/${ID}?q=1` }), 'http://x')).toEqual([ID]);
  expect(draggedAssets(dragged({ 'text/uri-list': `http://elsewhere/library/i/${ID}` }), 'http://x')).toEqual([]);
  expect(draggedAssets(dragged({ 'text/plain': 'a cat' }), 'http://x')).toEqual([]);
});

it('say what they are, here and elsewhere', () => {
  const types: Record<string, string> = {};
  dragAssets({ setData: (type, text) => (types[type] = text) }, [ID, ID], 'http://x');
  expect(draggedAssets(dragged(types), 'http://x')).toEqual([ID, ID]);
  delete types[ASSET];
  expect(draggedAssets(dragged(types), 'http://x')).toEqual([ID, ID]);
});

it('are a file for the desktop, one at a time', () => {
  const taken = (ids: string[], format?: string) => {
    const types: Record<string, string> = {};
    dragAssets({ setData: (type, text) => (types[type] = text) }, ids, 'http://x', format);
    return types['DownloadURL'];
  };
  expect(taken([ID], 'png')).toBe(`image/png:imageloom-${ID}.png:http://x/api/assets/${ID}/file`);
  expect(taken([ID])).toBeUndefined();
  expect(taken([ID, ID], 'png')).toBeUndefined();
});
