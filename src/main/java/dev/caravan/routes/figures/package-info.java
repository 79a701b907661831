/**
 * What the exchanges of each revision of a route come to on this node ({@link dev.caravan.routes.figures.RouteFigures}).
 */
package dev.caravan.routes.figures;
