package dev.caravan.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.amqp.RabbitAutoConfiguration;
import org.springframework.boot.autoconfigure.data.redis.RedisAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ClassPathBeanDefinitionScanner;
import org.springframework.data.redis.core.StringRedisTemplate;

class EmbeddedConfigurationTest {

    private final ApplicationContextRunner node = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RabbitAutoConfiguration.class, RedisAutoConfiguration.class))
            .withUserConfiguration(EmbeddedConfiguration.class)
            .withInitializer(context -> context.getEnvironment().addActiveProfile("embedded"));

    @Test
    void connectsBootToBothParts() {
        Path[] directory = new Path[1];
        node.run(context -> {
            directory[0] = context.getBean(RunDirectory.class).path();
            RabbitTemplate rabbit = context.getBean(RabbitTemplate.class);
            StringRedisTemplate redis = context.getBean(StringRedisTemplate.class);

            redis.opsForValue().set("greeting", "hello");
            assertThat(redis.opsForValue().get("greeting")).isEqualTo("hello");
            assertThat(rabbit.<Boolean>execute(channel -> channel.isOpen())).isTrue();
            assertThat(context.getBean(ConnectionFactory.class).getPort())
                    .isEqualTo(context.getBean(EmbeddedBroker.class).port());
        });
        assertThat(directory[0]).doesNotExist();
    }

    @Test
    void anotherNodeJoinsByTheFilesThatAreTold() {
        node.run(first -> {
            List<String> joins = new ArrayList<>();
            for (String part : List.of("broker", "redis")) {
                String join = first.getEnvironment().getRequiredProperty("caravan.join." + part);
                Path file = Path.of(URI.create(join.replace("--spring.config.import=", "")));
                assertThat(file.getParent())
                        .isEqualTo(first.getBean(RunDirectory.class).path());
                joins.add(join);
            }
            first.getBean(StringRedisTemplate.class).opsForValue().set("greeting", "hello");
            SpringApplication second = new SpringApplication(
                    RabbitAutoConfiguration.class, RedisAutoConfiguration.class, EmbeddedConfiguration.class);
            second.setWebApplicationType(WebApplicationType.NONE);
            second.setAdditionalProfiles("embedded");
            try (ConfigurableApplicationContext other = second.run(joins.toArray(String[]::new))) {
                assertThat(other.getBeansOfType(EmbeddedBroker.class)).isEmpty();
                assertThat(other.getBeansOfType(EmbeddedRedis.class)).isEmpty();
                assertThat(other.getBean(StringRedisTemplate.class)
                                .opsForValue()
                                .get("greeting"))
                        .isEqualTo("hello");
                assertThat(other.getBean(RabbitTemplate.class).<Boolean>execute(channel -> channel.isOpen()))
                        .isTrue();
            }
        });
    }

    @Test
    void startsNothingIfBothAreGiven() {
        node.withPropertyValues("spring.rabbitmq.port=5672", "spring.data.redis.port=6379")
                .run(context -> {
                    assertThat(context).doesNotHaveBean(EmbeddedBroker.class).doesNotHaveBean(EmbeddedRedis.class);
                    assertThat(context.getSourceApplicationContext()
                                    .getBeanFactory()
                                    .containsSingleton("embeddedRunDirectory"))
                            .isFalse();
                    assertThat(context.getBean(ConnectionFactory.class).getPort())
                            .isEqualTo(5672);
                });
    }

    @Test
    void startsNothingInAnotherProfile() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RabbitAutoConfiguration.class, RedisAutoConfiguration.class))
                .withUserConfiguration(EmbeddedConfiguration.class)
                .run(context -> assertThat(context)
                        .doesNotHaveBean(EmbeddedBroker.class)
                        .doesNotHaveBean(EmbeddedRedis.class)
                        .doesNotHaveBean(RunDirectory.class));
    }

    /** Nested classes are found for themselves, whatever stands on the one around them. */
    @Test
    void startsNothingInAnotherProfileWhenItIsFoundByAScan() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RabbitAutoConfiguration.class, RedisAutoConfiguration.class))
                .withInitializer(
                        context -> new ClassPathBeanDefinitionScanner((BeanDefinitionRegistry) context.getBeanFactory())
                                .scan("dev.caravan.embedded"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(EmbeddedBroker.class)
                        .doesNotHaveBean(EmbeddedRedis.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring.rabbitmq.host=localhost",
                "spring.rabbitmq.addresses=localhost:5672",
                "spring.rabbitmq.addresses[0]=localhost:5672"
            })
    void startsRedisAloneIfABrokerIsGiven(String property) {
        node.withPropertyValues(property).run(context -> assertThat(context)
                .doesNotHaveBean(EmbeddedBroker.class)
                .hasSingleBean(EmbeddedRedis.class));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring.data.redis.host=localhost",
                "spring.data.redis.url=redis://localhost:6379",
                "spring.data.redis.cluster.nodes=localhost:7000"
            })
    void startsTheBrokerAloneIfARedisIsGiven(String property) {
        node.withPropertyValues(property)
                .run(context ->
                        assertThat(context).hasSingleBean(EmbeddedBroker.class).doesNotHaveBean(EmbeddedRedis.class));
    }

    @Test
    void takesABlankPropertyForUnset() {
        node.withPropertyValues("spring.rabbitmq.addresses=", "spring.data.redis.port=6379")
                .run(context -> assertThat(context).hasSingleBean(EmbeddedBroker.class));
    }

    @Test
    void refusesAPortThatIsNone() {
        node.withPropertyValues("caravan.embedded.broker-port=70000").run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("caravan.embedded.broker-port"));
    }
}
