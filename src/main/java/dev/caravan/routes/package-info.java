/**
 * Routes that are edited while they run. A save is checked here ({@link dev.caravan.routes.LiveRoutes}).
 */
package dev.caravan.routes;
