/** The REST API as documents: {@code /openapi.yaml}, written by hand, and the page that shows it at {@code /api-docs/}. */
package dev.caravan.rest;
