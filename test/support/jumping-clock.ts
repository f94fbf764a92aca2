const HOUR_US = 3_600_000_000n;

/** Lets the clock of a database jump, through the one function by which everything asks for the time. */
export async function jumpingClock(
  sql: (statement: string) => Promise<unknown>,
): Promise<{ hoursOff(hours: number): Promise<void> }> {
  await sql('CREATE TABLE test_clock (offset_us bigint NOT NULL)');
  await sql('INSERT INTO test_clock VALUES (0)');
  await sql('GRANT SELECT ON test_clock TO PUBLIC');
  await sql(`CREATE OR REPLACE FUNCTION now_us() RETURNS bigint LANGUAGE sql PARALLEL SAFE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + (SELECT offset_us FROM test_clock)
  $$`);
  return {
    hoursOff: async (hours) => {
      await sql(`UPDATE test_clock SET offset_us = ${BigInt(hours) * HOUR_US}`);
    },
  };
}
