/**
 * Records what attempts of jobs do, step by step, and shows it.
 */
package dev.caravan.recorder;
