import type { Row } from '../file/row.ts';
import type { CompiledMapping, MappingFault } from './compile-mapping.ts';

export interface AbsentColumns {
  /** Without them, no row gives an event. */
  needed: readonly MappingFault[];
  others: readonly MappingFault[];
}

export interface ColumnWatch {
  note: (row: Row) => void;
  /** What a definition names, and no row that was noted has. */
  absent: () => AbsentColumns;
}

const NEEDED = new Set(['sku', 'updatedAt', 'quantity']);

/** A table's header says what a file has; of other records it is known when all have been read. */
export function watchColumns({ named, asSent }: Pick<CompiledMapping, 'named' | 'asSent'>): ColumnWatch {
  // In our own form, no event has to say where it lies.
  let unseen = asSent ? [] : named;
  let any = false;
  return {
    note(row) {
      any = true;
      if (unseen.some(({ read }) => read(row) !== undefined)) {
        unseen = unseen.filter(({ read }) => read(row) === undefined);
      }
    },
    absent() {
      if (!any) return { needed: [], others: [] };
      const faults = unseen.map(({ path, wanted }): MappingFault => ({
        path: `columns.${path}`,
        code: 'missing_column',
        reason: `no row of the file has ${wanted}`,
      }));
      const figures = named.filter(({ path }) => path.startsWith('quantity'));
      const hasFigures = figures.some((one) => !unseen.includes(one));
      const isNeeded = ({ path }: MappingFault): boolean => {
        const [, field = ''] = path.split('.');
        return field === 'quantity' ? !hasFigures : NEEDED.has(field);
      };
      return { needed: faults.filter(isNeeded), others: faults.filter((fault) => !isNeeded(fault)) };
    },
  };
}
