/**
 * Where the routes come from.
 */
package dev.caravan.routes;
