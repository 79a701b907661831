// Checks names of rooms and people by the server's rules, so that the server rejects nothing that passes here.
export const LONGEST_NAME = 100;
export const LONGEST_MESSAGE = 4000;

const RESERVED = /[/\\*?#>{}[\]]/u;
const NOT_PRINTED = /[\p{Cc}\p{Cf}\p{Cs}]/u;

/** Why a name is invalid, for the user who typed it; empty if it is valid. */
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
