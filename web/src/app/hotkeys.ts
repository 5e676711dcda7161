import { tinykeys } from 'tinykeys';

import { type Action, allActions, subscribe } from '@/lib/actions';
import { usePreferences } from '@/lib/preferences';

const TYPED_IN = 'input, textarea, select, [contenteditable="true"], [role="textbox"], [role="combobox"]';

/** The keys of an action: what a person gave it, or its own. */
export function keysOf(action: Action, given: Record<string, string>): string | undefined {
  return given[action.id] ?? action.keys;
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof Element && target.closest(TYPED_IN) !== null;
}

/** Listens to the keys of all registered actions, and listens anew whenever they change. */
export function listenToKeys(): () => void {
  let stop: () => void = () => undefined;
  const listen = () => {
    stop();
    const given = usePreferences.getState().keys;
    const bindings: Record<string, (event: KeyboardEvent) => void> = {};
    for (const action of allActions()) {
      const keys = keysOf(action, given);
      if (!keys) continue;
      bindings[keys] = (event) => {
        // A dialog has the keys to itself. What is said in passing is none, though it is read aloud as one.
        if (isTyping(event) && !action.whileTyping) return;
        if (!action.whileTyping && document.querySelector('[role="dialog"]:not([data-toast])')) return;
        event.preventDefault();
        action.run();
      };
    }
    // What is typed into is looked at above, action by action; the library would leave fields out altogether.
    stop = tinykeys(window, bindings, { ignore: (event) => event.isComposing });
  };
  listen();
  const quits = [subscribe(listen), usePreferences.subscribe(listen)];
  return () => {
    stop();
    for (const quit of quits) quit();
  };
}
