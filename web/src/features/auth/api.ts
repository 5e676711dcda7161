import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { acceptInvitation, confirmEmail, forgotPassword, join, type JoinData, readMeOptions, readSessionOptions, refreshSession, register, resetPassword, setUp, signIn, signOut } from '@/api';
import { forgetKept } from '@/lib/forget';
import { sessionBegan, sessionOver, useSession } from '@/lib/session';

const REFRESH_MILLISECONDS = 30 * 60_000;

/** Who is signed in. */
export function useMe() {
  const isWanted = useSession(({ state }) => state === 'in');
  return useQuery({ ...readMeOptions(), enabled: isWanted, staleTime: 5 * 60_000 });
}

/** Finds out whether the server knows us without a cookie of ours. */
export function useSessionAsked(): void {
  const state = useSession((session) => session.state);
  const { data, isError } = useQuery({ ...readSessionOptions(), enabled: state === 'asking' });
  const isKnown = isError ? false : data?.is_known;
  useEffect(() => {
    if (state !== 'asking' || isKnown === undefined) return;
    if (isKnown) sessionBegan();
    else sessionOver();
  }, [state, isKnown]);
}

function useEntered() {
  const queries = useQueryClient();
  return () => {
    sessionBegan();
    void forgetKept();
    // What somebody else may have seen on this page is asked for anew.
    void queries.resetQueries();
  };
}

export function useSignIn() {
  const entered = useEntered();
  return useMutation({
    mutationFn: (body: { email: string; password: string }) => signIn({ body, throwOnError: true }),
    onSuccess: entered,
  });
}

export function useSetUp() {
  const entered = useEntered();
  return useMutation({
    mutationFn: (body: { token: string; name: string; email: string; password: string }) => setUp({ body, throwOnError: true }),
    onSuccess: entered,
  });
}

export function useJoin() {
  const entered = useEntered();
  return useMutation({
    mutationFn: (body: JoinData['body']) => join({ body, throwOnError: true }),
    onSuccess: entered,
  });
}

/** One more team, for whoever has an account already. */
export function useAccept() {
  const entered = useEntered();
  return useMutation({
    mutationFn: (token: string) => acceptInvitation({ body: { token }, throwOnError: true }),
    onSuccess: entered,
  });
}

export function useReset() {
  const entered = useEntered();
  return useMutation({
    mutationFn: (body: { token: string; password: string }) => resetPassword({ body, throwOnError: true }),
    onSuccess: entered,
  });
}

export function useConfirmEmail() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { token: string }) => confirmEmail({ body, throwOnError: true }),
    // Where somebody is signed in, the page shows the new address.
    onSuccess: () => void queries.resetQueries(),
  });
}

export function useForgot() {
  return useMutation({ mutationFn: (body: { email: string }) => forgotPassword({ body, throwOnError: true }) });
}

/** Whether anybody may have an account here. */
export function useMayRegister(): boolean {
  return useQuery({ ...readSessionOptions(), staleTime: 5 * 60_000 }).data?.may_register ?? false;
}

export function useRegister() {
  return useMutation({ mutationFn: (body: { email: string }) => register({ body, throwOnError: true }) });
}

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => signOut({ throwOnError: true }),
    onSuccess: () => {
      sessionOver();
      queries.clear();
      void forgetKept();
    },
  });
}

/** Keeps the session going while the page is used, so that it does not end in the middle of something. */
export function useSessionKept(): void {
  const isIn = useSession(({ state }) => state === 'in');
  useEffect(() => {
    if (!isIn) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void refreshSession();
    }, REFRESH_MILLISECONDS);
    return () => clearInterval(timer);
  }, [isIn]);
}
