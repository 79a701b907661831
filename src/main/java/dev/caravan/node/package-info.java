/**
 * What a node is: its name and its roles.
 */
package dev.caravan.node;
