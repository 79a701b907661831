/**
 * Records what attempts of jobs, and exchanges of routes, do, step by step, and shows it.
 */
package dev.caravan.recorder;
