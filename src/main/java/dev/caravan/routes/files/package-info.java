/**
 * The texts of route files: read, kept with their history, and packaged.
 */
package dev.caravan.routes.files;
