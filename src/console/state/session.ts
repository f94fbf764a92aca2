import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { mayAct, type Role } from '../../domain/roles.ts';
import type { Session } from '../api/types.ts';

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('there is no session');
  return session;
}

/** The server decides; this only spares people buttons that would be refused. */
export function useMay(needed: Role): boolean {
  return mayAct(useSession().role, needed);
}
