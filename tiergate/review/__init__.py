"""What a change of the policies would do: to those who call, beside a base or beside what runs."""
