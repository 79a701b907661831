package dev.caravan.routes.cluster;

import dev.caravan.routes.figures.RevisionFigures;
import java.util.List;

/**
 * What the exchanges of a route came to on one node.
 *
 * @param node its name
 * @param revisions newest first
 */
public record NodeFigures(String node, List<RevisionFigures> revisions) {}
