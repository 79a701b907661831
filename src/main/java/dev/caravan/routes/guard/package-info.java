/**
 * The classes that route files may name.
 */
package dev.caravan.routes.guard;
