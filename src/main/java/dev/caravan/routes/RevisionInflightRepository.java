package dev.caravan.routes;

import org.apache.camel.impl.engine.DefaultInflightRepository;

/**
 * Counts exchanges by route id over the revisions of a route: an exchange that is still on an old revision counts as the
 * successor's, so that a shutdown waits for both.
 */
final class RevisionInflightRepository extends DefaultInflightRepository {
    @Override
    public void removeRoute(String routeId) {
        if (size(routeId) == 0) {
            super.removeRoute(routeId);
        }
    }
}
