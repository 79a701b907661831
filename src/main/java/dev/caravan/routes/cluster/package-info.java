/**
 * What Redis knows of the route files of a cluster: the publications, and how far each node is.
 */
package dev.caravan.routes.cluster;
