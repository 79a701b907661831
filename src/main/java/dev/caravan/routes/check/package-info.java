/**
 * Checks routes before they run, and explains what is wrong with them.
 */
package dev.caravan.routes.check;
