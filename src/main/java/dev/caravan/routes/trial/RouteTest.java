package dev.caravan.routes.trial;

/**
 * One case of a file with tests.
 *
 * @param name for its reader
 * @param line where it begins in its file
 * @param request what is tried
 * @param result what the route must leave, as JSON if it is any; null if nothing is said of it
 * @param error what the message of its failure must contain; null if it must end well
 */
record RouteTest(String name, int line, TrialRequest request, String result, String error) {}
