"""REST APIs with their usage plans and keys → policies and partners: pure rules, which talk to nothing."""
