import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Session } from '../api/types.ts';

type Role = Session['role'];

const FROM_LEAST_TO_MOST: readonly Role[] = ['viewer', 'support', 'operator', 'admin'];

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('there is no session');
  return session;
}

/** The server decides; this only spares people buttons that would be refused. */
export function useMay(needed: Role): boolean {
  const { role } = useSession();
  return FROM_LEAST_TO_MOST.indexOf(role) >= FROM_LEAST_TO_MOST.indexOf(needed);
}
