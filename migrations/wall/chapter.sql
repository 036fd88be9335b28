grant select, insert, update (name, words, starts_on, ends_on, home), delete on chapter to holdfast_web;

create policy decide on chapter to holdfast_web
    using (box_id in (select wall.my_run_boxes())) with check (box_id in (select wall.my_run_boxes()));
