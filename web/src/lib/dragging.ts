/** Frames of the library, while they are dragged: their ids, parted by commas. */
export const ASSET = 'application/x-imageloom-asset';
const VIEWER = /\/library\/i\/([0-9a-z]{26})(?:[?#]|$)/;

/** Says what is dragged: to this page by ids, to other windows by the addresses of the pictures, and to the desktop one picture as a file. */
export function dragAssets(data: Pick<DataTransfer, 'setData'>, ids: readonly string[], origin: string, format?: string): void {
  data.setData(ASSET, ids.join(','));
  data.setData('text/uri-list', ids.map((id) => `${origin}/library/i/${id}`).join('\r\n'));
  const [id, ...others] = ids;
  // Browsers that know it fetch one file, and no more.
  if (id && format && others.length === 0) data.setData('DownloadURL', `image/${format}:imageloom-${id}.${format}:${origin}/api/assets/${id}/file`);
}

/** The pictures of the library that something dragged stands for, also from another window of this page. */
export function draggedAssets(data: Pick<DataTransfer, 'getData'>, origin: string): string[] {
  const own = data.getData(ASSET).split(',').filter(Boolean);
  if (own.length > 0) return own;
  const links = data.getData('text/uri-list').split(/\r?\n/).filter((line) => line.startsWith(`${origin}/`));
  return links.map((line) => VIEWER.exec(line)?.[1]).filter((id) => id !== undefined);
}
