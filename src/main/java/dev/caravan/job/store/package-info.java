/** Jobs in Redis: the hash of each, the sets that list them, and what each user has there. */
package dev.caravan.job.store;
