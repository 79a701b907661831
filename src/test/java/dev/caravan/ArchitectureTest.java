package dev.caravan;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Packages are a ladder: each knows what is named here, and nothing else. */
@AnalyzeClasses(packages = "dev.caravan", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String JDK = "java..";
    private static final String SPRING = "org.springframework..";
    private static final String CAMEL = "org.apache.camel..";
    private static final String LOG = "org.slf4j..";

    @ArchTest
    static final ArchRule batchKnowsTheJdk = only("batch", JDK);

    @ArchTest
    static final ArchRule stompKnowsTheJdk = only("stomp", JDK);

    @ArchTest
    static final ArchRule gatherKnowsCamel =
            only("gather", JDK, SPRING, CAMEL, "io.micrometer.core..", "dev.caravan.batch");

    @ArchTest
    static final ArchRule chatKnowsStomp =
            only("chat", JDK, LOG, SPRING, CAMEL, "com.google.gson..", "io.micrometer.core..", "dev.caravan.stomp");

    @ArchTest
    static final ArchRule securityKnowsTheDoorOfTheChat = only(
            "security",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "jakarta.servlet..",
            "javax.crypto..",
            "com.github.benmanes.caffeine.cache..",
            "dev.caravan.chat",
            "dev.caravan.rest");

    @ArchTest
    static final ArchRule hawtioKnowsJolokia = only(
            "hawtio",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "jakarta.servlet..",
            "javax.management..",
            "org.jolokia..",
            "dev.caravan.security");

    @ArchTest
    static final ArchRule monitorReadsWhatOthersKnow = only(
            "monitor",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "io.micrometer.core..",
            "io.opentelemetry..",
            "com.google.gson..",
            "dev.caravan.broker",
            "dev.caravan.job",
            "dev.caravan.node",
            "dev.caravan.rest");

    @ArchTest
    static final ArchRule eventKnowsBrokerAndRest = only(
            "event",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "com.rabbitmq.client..",
            "io.micrometer.core..",
            "dev.caravan.broker",
            "dev.caravan.rest");

    @ArchTest
    static final ArchRule jobKnowsBatch = only(
            "job",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "com.google.gson..",
            "com.fasterxml.jackson..",
            "io.lettuce..",
            "dev.caravan.batch",
            "dev.caravan.rest");

    @ArchTest
    static final ArchRule onlyTheEdgesOfJobKnowCamel = noClasses()
            .that()
            .resideInAPackage("dev.caravan.job")
            .and()
            .doNotHaveFullyQualifiedName("dev.caravan.job.JobApi")
            .and()
            .doNotHaveFullyQualifiedName("dev.caravan.job.JobResults")
            .and()
            .haveNameNotMatching("dev\\.caravan\\.job\\.JobTypes(\\$.*)?")
            .and()
            .doNotHaveFullyQualifiedName("dev.caravan.job.JobAttempts") // the annotations of its parameters
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CAMEL);

    @ArchTest
    static final ArchRule brokerKnowsBatch =
            only("broker", JDK, "javax.net..", LOG, SPRING, CAMEL, "com.rabbitmq.client..", "dev.caravan.batch");

    @ArchTest
    static final ArchRule theEmbeddedBrokerKnowsItsParts =
            only("broker.embedded", JDK, LOG, SPRING, "org.apache.qpid..", "redis.embedded..", "com.google.common..");

    @ArchTest
    static final ArchRule nobodyElseKnowsTheEmbeddedParts = noClasses()
            .that()
            .resideOutsideOfPackage("dev.caravan.broker.embedded")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.qpid..", "redis.embedded..");

    @ArchTest
    static final ArchRule restKnowsHttp = only(
            "rest",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "jakarta.servlet..",
            "org.eclipse.jetty..",
            "com.fasterxml.jackson..",
            "com.google.gson..");

    @ArchTest
    static final ArchRule nodeKnowsSpringAndCamel = only(
            "node",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "ch.qos.logback..",
            "com.google.gson..",
            "io.micrometer.core..",
            "org.yaml.snakeyaml..");

    @ArchTest
    static final ArchRule liveKnowsRouteFiles = only(
            "live",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "com.fasterxml.jackson..",
            "org.snakeyaml.engine..",
            "io.micrometer.core..",
            "javax.management..",
            "dev.caravan.rest");

    @ArchTest
    static final ArchRule websocketKnowsJetty = only(
            "websocket",
            JDK,
            LOG,
            SPRING,
            CAMEL,
            "jakarta.servlet..",
            "org.eclipse.jetty..",
            "io.micrometer.core..",
            "com.fasterxml.jackson..",
            "dev.caravan.batch");

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("dev.caravan.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule packagesAreNamedForWhatTheyAre =
            noClasses().should().resideInAnyPackage("..util..", "..utils..", "..common..", "..helper..", "..misc..");

    @ArchTest
    static final ArchRule classesAreNamedForWhatTheyDo = noClasses()
            .should()
            .haveSimpleNameEndingWith("Impl")
            .orShould()
            .haveNameMatching(".*(Utils?|Helpers?|Constants)");

    private static ArchRule only(String name, String... known) {
        String itself = "dev.caravan." + name;
        String[] all = new String[known.length + 1];
        System.arraycopy(known, 0, all, 0, known.length);
        all[known.length] = itself;
        return classes()
                .that()
                .resideInAPackage(itself)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(all);
    }
}
