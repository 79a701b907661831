package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Set;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.autoconfigure.web.ServerProperties;
import org.springframework.boot.info.BuildProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.Ssl;
import org.springframework.mock.env.MockEnvironment;

@ExtendWith(OutputCaptureExtension.class)
class LocalNodeTest {
    private final StaticListableBeanFactory beans = new StaticListableBeanFactory();
    private final MockEnvironment environment = new MockEnvironment().withProperty("server.address", "127.0.0.1");

    private final DefaultCamelContext camel = new DefaultCamelContext();

    private LocalNode node() {
        return node("api");
    }

    private LocalNode node(String role) {
        return new LocalNode(
                camel,
                new SimpleMeterRegistry(),
                environment,
                new Roles(Set.of(role)),
                beans.getBeanProvider(BuildProperties.class),
                beans.getBeanProvider(ServerProperties.class),
                "n",
                "i");
    }

    private void serve(Ssl ssl) {
        ServerProperties server = new ServerProperties();
        server.setSsl(ssl);
        beans.addBean("server", server);
        environment.setProperty("local.server.port", "8080");
    }

    @Test
    void saysWhereItAnswers() {
        serve(null);
        assertThat(node().state(Set.of())).contains("\"http\":\"http://127.0.0.1:8080\"");
    }

    @Test
    void saysThatItSpeaksTls() {
        serve(Ssl.forBundle("web"));
        assertThat(node().state(Set.of())).contains("\"http\":\"https://127.0.0.1:8080\"");
    }

    @Test
    void saysNothingWithoutAServer() {
        assertThat(node().state(Set.of())).doesNotContain("\"http\"");
    }

    @Test
    void saysWhichTypesOfJobsItRunsIfItRunsAny() {
        assertThat(node("worker").state(List.of("a", "b"))).contains("\"types\":[\"a\",\"b\"]");
        assertThat(node().state(List.of("a", "b"))).doesNotContain("\"types\"");
    }

    @Test
    void saysOnceForHowManyJobsItWaits(CapturedOutput output) {
        camel.getInflightRepository().addRoute("jobs-process");
        for (int i = 0; i < 3; i++) {
            camel.getInflightRepository().add(new DefaultExchange(camel), "jobs-process");
        }
        LocalNode node = node();
        node.stopping();
        node.stopping();
        assertThat(output.getOut().split("Stopping: waiting for 3 jobs to end", -1))
                .hasSize(2);
        assertThat(node.state(Set.of())).contains("\"state\":\"STOPPING\"");
    }

    @Test
    void stopsAtOnceWithoutJobs(CapturedOutput output) {
        node().stopping();
        assertThat(output.getOut().strip()).endsWith("Stopping");
    }
}
