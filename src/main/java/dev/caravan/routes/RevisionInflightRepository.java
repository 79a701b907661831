package dev.caravan.routes;

import org.apache.camel.impl.engine.DefaultInflightRepository;

/**
 * Counts by id what routes are working, over their revisions: what is still on an old one when its successor starts
 * counts as the successor's, so that a shutdown waits for both.
 */
final class RevisionInflightRepository extends DefaultInflightRepository {
    @Override
    public void removeRoute(String routeId) {
        if (size(routeId) == 0) {
            super.removeRoute(routeId);
        }
    }
}
