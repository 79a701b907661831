package dev.caravan.routes;

import java.time.Duration;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;
import org.springframework.util.unit.DataSize;

/**
 * Where route files are, and what they may do.
 *
 * @param source {@code directory}: the files of each node's own directory. {@code cluster}: those that were published last, the same
 *     on all nodes; the directory is the copy of a node, and is not read while it runs
 * @param directory the directory of the route files that can be edited while this node runs. Empty: {@code
 *     src/main/resources/routes} if Caravan is run from its sources, else {@code ./routes} if there is one, else the files in
 *     the jar, which cannot be edited
 * @param poll how often the directory is checked for changes; at least 10ms
 * @param drain how long a route that was replaced may finish what it is processing; after that it is stopped
 * @param maxFileSize largest route file
 * @param maxFiles how many route files there may be
 * @param history how many accepted revisions of each file are kept, in {@code .history/} of the directory, and how many
 *     publications in Redis; at least 1
 * @param allowedClasses classes that route files may name ({@code beanType}, {@code #class:}, {@code ${type:…}}) besides
 *     plain values and exceptions. A language such as {@code spel} or {@code groovy} is allowed by the name of its class
 * @param publicationTimeout with {@code source=cluster}: how long all nodes may take to check what is published. A node that is
 *     silent for 3 s is not waited for
 * @param approval with {@code source=cluster}: whether edits must be drafts, which a user with the role {@code approver} publishes
 *     who is not their author
 * @param writable whether route files may be changed, checked and tried over HTTP and JMX. A user who may do one of these can run
 *     code
 */
@ConfigurationProperties("caravan.routes")
public record RoutesSettings(
        @DefaultValue("directory") Source source,
        @DefaultValue("") String directory,
        @DefaultValue("1s") Duration poll,
        @DefaultValue("30m") Duration drain,
        @DefaultValue("256KB") DataSize maxFileSize,
        @DefaultValue("2000") int maxFiles,
        @DefaultValue("50") int history,
        @DefaultValue Set<String> allowedClasses,
        @DefaultValue("10s") Duration publicationTimeout,
        @DefaultValue("false") boolean approval,
        @DefaultValue("false") boolean writable) {
    /** Where the text of a route file comes from. */
    public enum Source {
        DIRECTORY,
        CLUSTER
    }

    public RoutesSettings {
        allowedClasses = Set.copyOf(allowedClasses);
        Assert.isTrue(poll.toMillis() >= 10, "caravan.routes.poll must be 10ms at the least");
        Assert.isTrue(!drain.isNegative(), "caravan.routes.drain must not be negative");
        Assert.isTrue(
                publicationTimeout.toMillis() >= 1000, "caravan.routes.publication-timeout must be 1s at the least");
        Assert.isTrue(
                !approval || source == Source.CLUSTER, "caravan.routes.approval needs caravan.routes.source=cluster");
        Assert.isTrue(history >= 1, "caravan.routes.history must be 1 at the least");
    }
}
