/**
 * Routes over HTTP.
 */
package dev.caravan.routes.http;
