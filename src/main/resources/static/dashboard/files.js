// Where a route file is: on the server, and in the dashboard.

export function pathOf(file) {
  return `/routes/files/${file.split("/").map(encodeURIComponent).join("/")}`;
}

/** @param template what a file begins with that is not there yet */
export function addressOf(file, template) {
  return `#/routes?${new URLSearchParams({ file, ...(template && { template }) })}`;
}
