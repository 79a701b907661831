/**
 * Doing in one go what many threads ask for at once. Knows nothing but the JDK.
 */
package dev.caravan.batch;
