// Node 20 lacks what the test runner groups its failures with: without it a failing test would end in the runner's own error.
Map.groupBy ??= (items, keyOf) => {
  const groups = new Map();
  let place = 0;
  for (const item of items) {
    const key = keyOf(item, place++);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
};
