// Where a route file is, or its tests: on the server, and in the dashboard.
export const ROUTES = ".camel.yaml";
export const TESTS = ".test.yaml";

export function pathOf(file) {
  return `/routes/files/${file.split("/").map(encodeURIComponent).join("/")}`;
}

/** @param template what a file begins with that is not there yet */
export function addressOf(file, template) {
  return `#/routes?${new URLSearchParams({ file, ...(template && { template }) })}`;
}

export function testsOf(file) {
  return file.slice(0, -ROUTES.length) + TESTS;
}

/** The route file that tests are of. */
export function testedBy(tests) {
  return tests.slice(0, -TESTS.length) + ROUTES;
}
