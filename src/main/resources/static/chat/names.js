// What can be the name of a room or of somebody: the server's own rules, so that it refuses nothing that this lets pass.
export const LONGEST_NAME = 100;
export const LONGEST_MESSAGE = 4000;

const RESERVED = /[/\\*?#>{}[\]]/u;
const NOT_PRINTED = /[\p{Cc}\p{Cf}\p{Cs}]/u;

/** Why this is no name, to be shown to whoever typed it; an empty text if it is one. */
export function faultOfName(name) {
  if (name === "") {
    return "Please fill this in.";
  }
  if (name.length > LONGEST_NAME) {
    return `At most ${LONGEST_NAME} characters.`;
  }
  if (RESERVED.test(name)) {
    return "These cannot be in it: / \\ * ? # > { } [ ]";
  }
  return NOT_PRINTED.test(name) ? "It has characters that cannot be seen." : "";
}
