/**
 * Runs the text of a route file on a message, beside the routes that run, with nothing going out; and the tests that lie
 * beside route files.
 */
package dev.caravan.routes.trial;
