// Builds the curl command that submits a job again.

/** Longer payloads do not fit into one argument of a program. */
const LONGEST_ARGUMENT = 100_000;

/**
 * @param address where to submit it
 * @param payload JSON on one line, undefined for none
 */
export function curl(address, payload, user) {
  const command = `curl -X POST ${quoted(address)} -u ${quoted(user)}`;
  if (payload === undefined) {
    return command;
  }
  const json = `${command} -H 'Content-Type: application/json'`;
  return payload.length <= LONGEST_ARGUMENT
    ? `${json} -d ${quoted(payload)}`
    : `${json} --data-binary @- <<'END'\n${payload}\nEND\n`;
}

/** Quotes any text as one word of a POSIX shell. */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
