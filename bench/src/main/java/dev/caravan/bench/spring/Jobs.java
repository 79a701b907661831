package dev.caravan.bench.spring;

import org.springframework.data.repository.CrudRepository;

interface Jobs extends CrudRepository<Job, String> {}
