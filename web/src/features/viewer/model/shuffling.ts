/** In an order by chance, every one as likely as any other. */
export function shuffled<Item>(items: readonly Item[]): Item[] {
  const left = [...items];
  const order: Item[] = [];
  while (left.length > 0) {
    const [chance = 0] = crypto.getRandomValues(new Uint32Array(1));
    order.push(...left.splice(Math.floor((chance / 2 ** 32) * left.length), 1));
  }
  return order;
}
