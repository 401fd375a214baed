function o(e){return e.lapsed?"lapsed":e.certified?e.adopted?"adopted":"not_adopted":e.tally?"objections":e.closed?"counting":e.opened_at?"open":"called"}export{o as a};
